"""`elearn demo`."""

import click


@click.command("demo")
def demo() -> None:
    """Demo."""
