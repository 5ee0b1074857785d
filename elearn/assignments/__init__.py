"""Who must do which course by when: standing."""
