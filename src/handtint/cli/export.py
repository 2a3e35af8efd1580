"""``handtint export``: a trained network becomes a model that runs without PyTorch."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command(no_args_is_help=True)
@click.argument("checkpoint", type=FILE)
@click.option(
    "--out", type=FILE, required=True, help="Where to (.onnx); the card stands beside it."
)
@click.option(
    "--card",
    type=FILE,
    help="JSON with what the card shall tell of data, training, figures; another card will do.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(min=0),
    default=0,
    help=(
        "Size of the model at most: arrays take 8 bits a number instead of 16, those first that "
        "bear it best.  [default: any]"
    ),
)
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
def export(checkpoint: Path, out: Path, card: Path | None, max_bytes: int, force: bool) -> None:
    """Make an ONNX file and its card of the network in CHECKPOINT, and compare them.

    CHECKPOINT is of 'handtint train network', or a model.

    Needs PyTorch and onnx: pip install 'handtint[train]'.
    """
    import json

    from handtint.errors import MethodUnavailable, OptionError
    from handtint.io.atomic import check_output, replacing

    check_output(out, sources=[checkpoint], force=force, suffixes=(".onnx",))
    check_output(out.with_suffix(".json"), force=force or card == out.with_suffix(".json"),
                 suffixes=(".json",))  # fmt: skip
    facts = {}
    if card is not None:
        try:
            facts = json.loads(card.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OptionError(f"--card {card} cannot be read: {error}") from error
        if not isinstance(facts, dict):
            raise OptionError(f"--card {card} must hold a JSON object")
    try:
        from handtint.train.export import export as make
        from handtint.train.nets.convert import network, read_facts, read_state
    except ImportError as error:
        raise MethodUnavailable(
            f"export needs PyTorch and onnx ({error}); pip install 'handtint[train]' adds them"
        ) from error
    facts = {**read_facts(checkpoint), **facts}
    made = make(network(read_state(checkpoint)), facts, max_bytes=max_bytes)
    for target, content in ((out, made.model), (out.with_suffix(".json"), made.card)):
        with replacing(target, force=True) as file:
            file.write(content)
    click.echo(
        f"{out}: {len(made.model)} bytes; it differs from the network by {made.mean:.3f} in the "
        f"mean, {made.largest:.2f} at most, in percent of chroma"
    )
