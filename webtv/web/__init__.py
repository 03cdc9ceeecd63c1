"""What the station shows: pages, HLS, API, lists for IPTV players, metrics."""
