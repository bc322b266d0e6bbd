"""What a person has answered of a trial: what counts, and what does not and why.

An answer is to the question of a criterion (true or false, under its id) or decides a choice
between readings (a label, under the name of the choice or the id of a criterion that stands under
it).
"""

from collections.abc import Iterable, Iterator, Mapping

from cartscreen.answer import Answer
from cartscreen.errors import Problem
from cartscreen.evaluate.finding import Evidence, answer_read
from cartscreen.frozen import frozen
from cartscreen.pack.trial import Choice, Criterion, Trial
from cartscreen.place import AnswerTo
from cartscreen.profile.model import Given, Profile, question_mark
from cartscreen.text import shown


@frozen
class Chosen:
    """A label that decides a choice: by a person, by the site, or because it is preferred."""

    choice: str
    label: str
    by: str = ""
    given: Given | None = None

    def evidence(self, said: Answer) -> Evidence:
        """It as evidence, with what the criterion says by it."""
        given = self.given or Given(self.label)
        return answer_read(AnswerTo(self.choice), given, self.by, said)


_BY_PERSON = "the reading a person chose"
_BY_SITE = "the reading that the site has fixed"


def answer_to(criterion: Criterion, trial: Trial, profile: Profile) -> Given | None:
    """The answer to the question of a criterion; None where none counts."""
    given = profile.answers.get(trial.id, {}).get(criterion.id)
    if given is None or isinstance(given.said, str) or criterion.question is None:
        return None
    return None if _is_outdated(given, criterion) else given


def _is_outdated(given: Given, criterion: Criterion) -> bool:
    """Was another wording of the question answered?"""
    asked = criterion.question
    return bool(given.question and asked and given.question != question_mark(asked.text))


def chosen(
    criterion: Criterion, trial: Trial, profile: Profile, *, preferred: bool
) -> dict[str, Chosen]:
    """The choices of a criterion that are decided, by name.

    What the site has fixed comes first, then what a person has chosen, then what is preferred.
    """
    found: dict[str, Chosen] = {}
    answers = profile.answers.get(trial.id)
    if not (answers or trial.fixed or preferred):
        return found
    for name in criterion.choices:
        choice = trial.choices[name]
        labels = dict(labels_given(choice, answers)) if answers else {}
        said = {str(given.said) for given in labels.values()}
        if name in trial.fixed:
            found[name] = Chosen(name, trial.fixed[name], _BY_SITE)
        elif len(said) == 1:  # two that differ choose nothing
            found[name] = Chosen(name, said.pop(), _BY_PERSON, next(iter(labels.values())))
        elif preferred:
            found[name] = Chosen(name, choice.labels[0])
    return found


def labels_given(choice: Choice, answers: Mapping[str, Given]) -> Iterator[tuple[str, Given]]:
    """(key, answer) of each label that a person has given of the choice."""
    for key in dict.fromkeys((choice.name, *choice.criteria)):
        given = answers.get(key)
        if given is not None and given.said in choice.labels and isinstance(given.said, str):
            yield key, given


def not_used(
    profile: Profile, trials: Iterable[Trial], known: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """(place, why) of each answer of the profile that does not count.

    known: the ids of all trials of the pack, of which these trials may be a selection.
    """
    listed = tuple(trials)
    ids = {*known, *(trial.id for trial in listed)}
    for trial_id in profile.answers:
        if trial_id not in ids:
            yield f"answers.{trial_id}", "there is no such trial in the pack"
    for trial in listed:
        for key, given in profile.answers.get(trial.id, {}).items():
            if why := _why_not(key, given, trial, profile):
                yield f"answers.{trial.id}.{key}", why


def _why_not(key: str, given: Given, trial: Trial, profile: Profile) -> str:
    """Why an answer does not count; nothing where it does."""
    criterion = trial.by_id.get(key)
    if criterion is None and key not in trial.choices:
        return "the trial has no such criterion or choice"
    if isinstance(given.said, bool):
        if criterion is None:
            return "a choice takes a label"
        if criterion.question is None:
            return "the criterion asks no question"
        return "its question has changed since" if _is_outdated(given, criterion) else ""
    try:
        choice = trial.choice_of(key, given.said)
    except Problem:
        asks = criterion is not None and criterion.question is not None
        label = "there is no reading of that label"
        return f"{label}; its question takes true or false" if asks else label
    fixed = trial.fixed.get(choice.name, given.said)
    if fixed != given.said:
        return f"the site has fixed another reading, {shown(fixed)}"
    labels = {one.said for _, one in labels_given(choice, profile.answers.get(trial.id, {}))}
    return (
        "the answers to this choice differ"
        if len(labels) > 1 and not trial.fixed.get(choice.name)
        else ""
    )


def plain(profile: Profile, trials: Iterable[Trial]) -> Iterator[str]:
    """The places of the answers that count and do not say to which wording of their question."""
    for trial in trials:
        for key in profile.answers.get(trial.id, {}):
            criterion = trial.by_id.get(key)
            given = answer_to(criterion, trial, profile) if criterion is not None else None
            if given is not None and not given.question:
                yield f"answers.{trial.id}.{key}"


def answer_faults(profile: Profile, trials: Iterable[Trial]) -> Iterator[str]:
    """Every answer that would not be used, a sentence each; the trials are all of the pack."""
    for place, why in not_used(profile, trials, ()):
        yield f"{place}: {why}; it would not be used."


def answer_warnings(
    profile: Profile, trials: Iterable[Trial], known: Iterable[str]
) -> Iterator[str]:
    """One line of the answers that were not used, and one of those without their question."""
    chosen_trials = tuple(trials)
    if unused := [f"{place} ({why})" for place, why in not_used(profile, chosen_trials, known)]:
        yield f"Answers that were not used: {', '.join(unused)}."
    if bare := list(plain(profile, chosen_trials)):
        yield (
            f"Answers that do not say to which wording of their question: {', '.join(bare)}. "
            "They count; `cartscreen ask` writes answers that say it."
        )
