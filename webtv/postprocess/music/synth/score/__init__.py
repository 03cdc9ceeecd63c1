"""What is played: harmony, form and the lines of each part, as notes. Nothing here makes sound."""
