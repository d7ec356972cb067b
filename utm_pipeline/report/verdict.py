"""What an A/B test says, in words: every number is one of the answer's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utm_pipeline.queries.model import Table
from utm_pipeline.report import layout
from utm_pipeline.report.formats import Formats
from utm_pipeline.words import Kind, Words

_NAME_CELLS = 40
_MOST_NAMES = 3

_TWO = Words(
    "{leader} конвертує {rate}, {other} {other_rate}: різниця від {low} до {high} (95 % інтервал)",
    "{leader} converts {rate}, {other} {other_rate}: the difference is {low} to {high} "
    "(95% interval)",
)
_SEVERAL = Words(
    "{leader} конвертує найкраще, {rate}: різниця з наступним від {low} до {high} (95 % інтервал)",
    "{leader} converts best, {rate}: ahead of the next best by {low} to {high} (95% interval)",
)
_SCALE = Words(
    ", і випадковістю її не пояснити (певність {confidence}). Масштабуйте.",
    ", and that is beyond chance (confidence {confidence}). Scale it.",
)
_SMALL = Words(
    ", і випадковістю її не пояснити (певність {confidence}), але перевага невелика ({lift}). "
    "Тестуйте далі.",
    ", and that is beyond chance (confidence {confidence}), but the lift is small ({lift}). "
    "Keep testing.",
)
_CHANCE = Words(
    ", але її може пояснити й випадковість (певність {confidence}). Тестуйте далі.",
    ", but chance alone could explain it (confidence {confidence}). Keep testing.",
)
_TOO_SHORT = Words(
    "Сеанси тривали лише від {first} до {last}: замало днів, щоб судити, бо дні бувають різні. "
    "Тестуйте далі.",
    "The sessions run from {first} to {last} only: too short to judge, since days differ. "
    "Keep testing.",
)
_NONE_ENOUGH = Words(
    "Жоден креатив ще не має досить сеансів; найбільше їх має {name}: {sessions}. Тестуйте далі.",
    "No creative has enough sessions yet; {name} has the most: {sessions}. Keep testing.",
)
_ONE_ENOUGH = Words(
    "Досить сеансів має лише {name}: {sessions}. Порівняти його ще немає з чим. Тестуйте далі.",
    "Only {name} has enough sessions: {sessions}. There is nothing to compare it with yet. "
    "Keep testing.",
)
_FEW_CONVERSIONS = Words(
    "Замало конверсій, щоб судити: {conversions} на {sessions} сеансів. Тестуйте далі.",
    "There are too few conversions to judge: {conversions} in {sessions} sessions. Keep testing.",
)
_SINGLE = Words(
    "Креатив лише один: {name}. Щоб було що порівнювати, додайте другий.",
    "There is only one creative: {name}. Add a second to have something to compare.",
)
_NO_DATA = Words(
    "За цей період немає сеансів з назвою креативу (utm_content), тож порівнювати нічого.",
    "No session of this period names a creative (utm_content), so there is nothing to compare.",
)
_ASIDE = Words(
    "Не враховано, бо сеансів замало: {names}.", "Set aside for too few sessions: {names}."
)
_MORE = Words(" і ще {count}", " and {count} more")
_MIXED = Words(
    "Обережно: у якомусь із джерел найкращий інший креатив, тож підсумок може вказувати не на "
    "того. Порівняйте в межах одного джерела.",
    "Careful: in one of the sources another creative is the best, so the total may point to the "
    "wrong one. Compare within one source.",
)


@dataclass(frozen=True)
class _Test:
    """An ``ab-test`` of one campaign."""

    variants: list[dict[str, Any]]
    verdict: dict[str, Any]
    formats: Formats

    def say(self, words: Words, **values: str) -> str:
        """The words with these values, which are not words themselves."""
        return words.in_language(self.formats.lang).format(**values)

    def leader(self) -> dict[str, Any]:
        """The variant that leads."""
        return next(row for row in self.variants if row["utm_content"] == self.verdict["leader"])

    def contenders(self) -> list[dict[str, Any]]:
        """The variants that were compared: each of them has a confidence."""
        return [row for row in self.variants if row["confidence"] is not None]


def explain(tables: Sequence[Table], formats: Formats) -> list[str]:
    """Why an ``ab-test`` of one campaign has its status, and what to do, in sentences.

    Names of creatives come from the outside: whoever puts the sentences into a page escapes them.
    """
    parts = {table.key: table for table in tables}
    test = _Test(parts["variants"].dicts(), parts[None].dicts()[0], formats)
    status = test.verdict["status"]
    told = [_REASONS[status](test)]
    if status in _COMPARED:
        told += _set_aside(test)
    if test.verdict["mixed"]:
        told.append(test.say(_MIXED))
    return told


def _compared(test: _Test, ending: Words) -> str:
    formats, verdict = test.formats, test.verdict
    leader = test.leader()
    others = [row for row in test.contenders() if row is not leader]
    values = {
        "leader": _name(leader["utm_content"], formats),
        "rate": formats.rate(leader["conversion_rate"]),
        "low": formats.change(verdict["lift_low"], Kind.POINTS),
        "high": formats.change(verdict["lift_high"], Kind.POINTS),
    }
    if len(others) == 1:
        values["other"] = _name(others[0]["utm_content"], formats)
        values["other_rate"] = formats.rate(others[0]["conversion_rate"])
    lift = verdict["winner_lift"]
    return test.say(_TWO if len(others) == 1 else _SEVERAL, **values) + test.say(
        ending,
        confidence=formats.rate(leader["confidence"]),
        lift="" if lift is None else formats.rate(lift),
    )


def _significant(test: _Test) -> str:
    return _compared(test, _SCALE if test.verdict["recommendation"] == "scale" else _SMALL)


def _inconclusive(test: _Test) -> str:
    return _compared(test, _CHANCE)


def _too_short(test: _Test) -> str:
    contenders = test.contenders()
    return test.say(
        _TOO_SHORT,
        first=test.formats.moment(min(row["first_session"] for row in contenders)),
        last=test.formats.moment(max(row["last_session"] for row in contenders)),
    )


def _insufficient(test: _Test) -> str:
    formats, verdict = test.formats, test.verdict
    # Without a leader nobody has enough sessions; without an interval only the leader has.
    if verdict["leader"] is None or verdict["lift_low"] is None:
        alone = verdict["leader"] is not None
        row = test.leader() if alone else max(test.variants, key=lambda row: row["sessions"])
        return test.say(
            _ONE_ENOUGH if alone else _NONE_ENOUGH,
            name=_name(row["utm_content"], formats),
            sessions=formats.number(row["sessions"], 0),
        )
    return test.say(
        _FEW_CONVERSIONS,
        conversions=formats.number(verdict["total_conversions"], 0),
        sessions=formats.number(verdict["total_sessions"], 0),
    )


def _single(test: _Test) -> str:
    return test.say(_SINGLE, name=_name(test.variants[0]["utm_content"], test.formats))


def _no_data(test: _Test) -> str:
    return test.say(_NO_DATA)


def _set_aside(test: _Test) -> list[str]:
    formats = test.formats
    thin = [row for row in test.variants if row["confidence"] is None]
    if not thin:
        return []
    names = ", ".join(
        f"{_name(row['utm_content'], formats)} ({formats.number(row['sessions'], 0)})"
        for row in thin[:_MOST_NAMES]
    )
    if len(thin) > _MOST_NAMES:
        names += test.say(_MORE, count=formats.number(len(thin) - _MOST_NAMES, 0))
    return [test.say(_ASIDE, names=names)]


def _name(content: str, formats: Formats) -> str:
    """A creative's name in quotation marks, so that it is not read as part of the sentence."""
    name = layout.fit(layout.printable(content), _NAME_CELLS)
    return f"«{name}»" if formats.lang == "uk" else f"“{name}”"


_COMPARED = frozenset({"too_short", "inconclusive", "significant"})
_REASONS: Mapping[str, Callable[[_Test], str]] = {
    "no_data": _no_data,
    "single_variant": _single,
    "insufficient_sample": _insufficient,
    "too_short": _too_short,
    "inconclusive": _inconclusive,
    "significant": _significant,
}
"""Every status of metrics.md 7."""
