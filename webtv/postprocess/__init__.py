"""Takes become a clip: interpolated, cut, set to music, levelled, checked and conformed."""

import cv2

# Clips are made on threads of ours. OpenCV's own only take turns on the same cores, and wait for each other.
cv2.setNumThreads(1)
