"""Names of what each report has."""

from __future__ import annotations

DEFAULT_METRIC = "_metric"
TRAINING_ITERATION = "training_iteration"
TIME_TOTAL_S = "time_total_s"
TIMESTEPS_TOTAL = "timesteps_total"
TIMESTEPS_THIS_ITER = "timesteps_this_iter"
DONE = "done"
TRIAL_ID = "trial_id"
SHOULD_CHECKPOINT = "should_checkpoint"

