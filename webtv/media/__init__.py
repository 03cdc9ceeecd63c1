"""Files and processes of sound and picture: fragmented MP4, FFmpeg, child processes."""
