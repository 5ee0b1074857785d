"""The demonstration: sample organisations, and the walk over the main job."""
