"""Help in plain text: grouped options, plain types, examples, and what each exit status means.

What only help says (examples, exit status) stands in `manual.py`, which nothing else imports.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info

_F = TypeVar("_F", bound=Callable[..., Any])


JUDGING = "How it is judged"
DEMANDS = "What is demanded of the report"
SHOWING = "What is shown"
WRITING = "Where and how it is written"
OTHERS = "Other options"


class Command(TyperCommand):
    """A command whose help says `FILE...` and not `FILE <list[str]>`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line: [OPTIONS] FILE... [OTHER]."""
        arguments = [item for item in self.get_params(ctx) if item.param_type_name == "argument"]
        return ["[OPTIONS]", *(_argument(item, optional="[{}]") for item in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The arguments, then the options by the group that each names as its `rich_help_panel`."""
        named = ("Arguments", JUDGING, DEMANDS, SHOWING, WRITING)
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in named}
        item: Any
        for item in self.get_params(ctx):
            if item.param_type_name == "argument":
                groups["Arguments"].append((_argument(item), item.help or ""))
            else:
                group = getattr(item, "rich_help_panel", None) or OTHERS
                groups.setdefault(group, []).append(_option(item, ctx))
        groups[OTHERS] = groups.pop(OTHERS)  # --help is the last
        for name, rows in groups.items():
            if rows:
                with formatter.section(name):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples, exit status, and the epilog that every help has."""
        _write_manual(self.name or "", takes(self), formatter)
        super().format_epilog(ctx, formatter)


class Commands(Mapping[str, Any]):
    """The commands by name, in the order of help; each is built when it is asked for.

    To build them all takes longer than to build and run most of them.
    """

    def __init__(self, app: "App") -> None:
        self._app = app
        self._modules: dict[str, str] = {}
        self._built: dict[str, Any] = {}

    def add(self, name: str, module: str) -> None:
        """Name a command, and the module that declares it when it is imported."""
        self._modules.setdefault(name, module)

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            import_module(self._modules[name])
            (info,) = (c for c in self._app.registered if c.name == name)
            self._built[name] = get_command_from_info(
                info,
                pretty_exceptions_short=self._app.pretty_exceptions_short,
                rich_markup_mode=self._app.rich_markup_mode,
            )
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class Group(TyperGroup):
    """The program: the same, of all commands."""

    all: ClassVar[Mapping[str, Any]]
    """Set by the App that it is the group of."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.commands = self.all  # type: ignore[assignment]  # none is added any more

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples, exit status, and the epilog."""
        _write_manual("", takes(self), formatter)
        super().format_epilog(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As Typer's; of a file in the place of a command it says what is missing."""
        if args[0].casefold().endswith(".toml"):
            ctx.fail(f"{args[0]!r} is a file; name a command before it: check, plan, ask.")
        return super().resolve_command(ctx, args)


class App(typer.Typer):
    """A Typer whose commands have this help, and are built when they are asked for."""

    def __init__(self, **more: Any) -> None:
        self.registered: list[Any] = []
        self.listed = Commands(self)
        super().__init__(cls=type("Group", (Group,), {"all": self.listed}), **more)

    def command(self, name: str | None = None, **more: Any) -> Callable[[_F], _F]:
        """As Typer's, with our class of commands."""
        declare = super().command(name, cls=Command, **more)

        def declared(function: _F) -> _F:
            found = declare(function)
            info = self.registered_commands.pop()  # or Typer would build it at every start
            info.name = name or function.__name__.replace("_", "-")
            self.registered.append(info)
            self.listed.add(info.name, function.__module__)
            return found

        return declared


def takes(command: Any) -> set[str]:
    """What a command takes: its arguments as help names them, and its options."""
    arguments = (item for item in command.params if item.param_type_name == "argument")
    options = (item for item in command.params if item.param_type_name == "option")
    return {item.human_readable_name for item in arguments} | {
        name for item in options for name in item.opts
    }


def _argument(item: Any, optional: str = "{}") -> str:
    name = item.human_readable_name
    shown = name if item.required else optional.format(name)
    return f"{shown}..." if item.nargs != 1 and "..." not in name else shown


def _option(item: Any, ctx: Any) -> tuple[str, str]:
    """The names of an option and what it takes; a choice between words lists them in its help."""
    names, said = item.get_help_record(ctx)
    if item.metavar is None and (words := getattr(item.type, "choices", ())):
        names = names.replace(item.make_metavar(ctx), item.name.upper())
        first, point, rest = item.help.partition(".")
        said = said.replace(item.help, f"{first}: {', '.join(words)}{point}{rest}", 1)
    return names, said


def _write_manual(command: str, taken: set[str], formatter: Any) -> None:
    from cartscreen.cli.manual import EXAMPLES, exit_status

    with formatter.section("Examples"):
        for number, (what, line) in enumerate(EXAMPLES.get(command, ())):
            if number:
                formatter.write_paragraph()
            formatter.write_text(what)
            formatter.write(f"{'':{formatter.current_indent + 2}}{line}\n")  # never broken
    with formatter.section("Exit status"):
        formatter.write_dl(exit_status(command, taken))
