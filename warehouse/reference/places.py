"""Place codes as the returns need them: known communes, what they are today, and postcodes taken for communes."""

import functools
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Places:
    """The known commune codes, each with the present commune's, and postcodes with the present communes that each serves.

    `postcodes` are those that are no commune's code, and those that serve a commune with more inhabitants than the one whose code
    they are. Codes are text as INSEE writes them: five characters, capitals, leading zero kept. Any other text is simply unknown.
    """

    current_codes: Mapping[str, str]
    postcodes: Mapping[str, tuple[str, ...]]

    def is_commune(self, code: str) -> bool:
        """Whether it is a commune's code: present, former, or of an arrondissement of Paris, Lyon or Marseille."""
        return code in self.current_codes

    def is_postcode(self, code: str) -> bool:
        """Whether it is a postcode and no commune's code."""
        return code in self.postcodes and code not in self.current_codes

    def is_postcode_of_larger(self, code: str) -> bool:
        """Whether it is a commune's code and also the postcode of a larger one: 59100 is Bousignies, and serves Roubaix."""
        return code in self.postcodes and code in self.current_codes

    def current(self, code: str) -> str:
        """The code of the commune that it is part of today, itself for a present one; KeyError if unknown."""
        return self.current_codes[code]


@functools.cache
def load_places() -> Places:
    """The reference files read once; takes some 50 ms and only the standard library."""
    with gzip.open(_FOLDER / "communes.csv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        # The first two columns are codes and never quoted: splitting there is several times faster than reading CSV.
        pairs = (line.split(",", 2) for line in lines)
        current_codes = {pair[0]: pair[1] for pair in pairs}
    with (_FOLDER / "postcodes.csv").open(encoding="utf-8") as lines:
        next(lines)
        served = (line.split(",", 1) for line in lines)
        postcodes = {postcode: tuple(codes.split()) for postcode, codes in served}
    return Places(current_codes, postcodes)
