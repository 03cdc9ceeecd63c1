"""What airs when: library, scheduler, rundown, slots, as-run log, retention."""
