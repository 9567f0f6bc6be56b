"""What schedulers measure trainings by."""

from __future__ import annotations


def resource_of(time_attr: str) -> dict[str, str]:
    """The engine's option for what ``time_attr`` names."""
    if time_attr == "training_iteration":
        return {}
    return {"resource": "time" if time_attr == "time_total_s" else time_attr}
