"""``handtint export``: a trained network becomes a model that runs without PyTorch."""

from __future__ import annotations

from pathlib import Path

import click

from handtint.cli.arguments import weights_at

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
@click.option(
    "--blend",
    type=FILE,
    help="A network that this one was trained on from, as in 'train network --start': weights in "
    "between are exported; --share says where.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="How much of the other network's weights.",
)
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
def export(
    checkpoint: Path,
    out: Path,
    card: Path | None,
    max_bytes: int,
    blend: Path | None,
    share: float,
    force: bool,
) -> None:
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
    if (blend is None) != (share == 0):
        raise OptionError(f"--blend {blend or '-'}, --share {share}: each needs the other")
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
        from handtint.train.nets.convert import blended, network, read_facts, read_state
    except ImportError as error:
        raise MethodUnavailable(
            f"export needs PyTorch and onnx ({error}); pip install 'handtint[train]' adds them"
        ) from error
    state, known = read_state(checkpoint), read_facts(checkpoint)
    if blend is not None:
        state = blended(state, read_state(weights_at(blend)), share)
        known["blended_with"] = {"file": blend.name, "share": share}
    made = make(network(state), {**known, **facts}, max_bytes=max_bytes)
    for target, content in ((out, made.model), (out.with_suffix(".json"), made.card)):
        with replacing(target, force=True) as file:
            file.write(content)
    click.echo(
        f"{out}: {len(made.model)} bytes; it differs from the network by {made.mean:.3f} in the "
        f"mean, {made.largest:.2f} at most, in percent of chroma"
    )
