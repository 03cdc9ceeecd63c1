"""Units of Grafana that the dashboard uses."""

UNITS = {"none", "short", "s", "bytes", "bps", "percentunit", "reqps", "dtdurations"}
