"""Data sets, splits, augmentation, the loop, metrics, calibration."""
