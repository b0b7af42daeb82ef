"""Queue and task names: the strings that cross the wire. Imports nothing."""

CLASSIFY_QUEUE = "classify"
TRAIN_QUEUE = "train"
CONTROL_QUEUE = "control"
QUEUES = (CLASSIFY_QUEUE, TRAIN_QUEUE, CONTROL_QUEUE)

CLASSIFY_TASK = "musicai.classify"
TRAIN_TASK = "musicai.train"
RECONCILE_TASK = "musicai.reconcile"
RESCAN_TASK = "musicai.rescan"
SCAN_TASK = "musicai.scan"
