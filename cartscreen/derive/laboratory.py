"""Laboratory values that are simple sums or products of others, which a laboratory may not report.

Every argument and every result is a Fraction. All arguments of one call are of one sample: the
count of today times the percentage of last month would describe no blood that there ever was.
"""

from fractions import Fraction

from cartscreen.derive.kidney import OutsideDomain


def neutrophil_count(white_cells: Fraction, percent: Fraction) -> Fraction:
    """Neutrophils, in 10^9/L: white cells times the percentage of neutrophils, over 100.

    Units: white cells in 10^9/L, percentage of the white cells, bands included.
    Domain: any count, a percentage up to 100.
    Monotone: rises with each argument.
    Source: Severe Chronic Neutropenia International Registry, "Calculating an absolute neutrophil
    count" (scnir-neutropenia.uw.edu).
    """
    if percent > 100:
        raise OutsideDomain("The percentages of neutrophils come to more than 100")
    return white_cells * percent / 100


def neutrophil_count_with_bands(
    white_cells: Fraction, segmented: Fraction, bands: Fraction
) -> Fraction:
    """Neutrophils, in 10^9/L, where bands are counted apart: both percentages together.

    Units, domain, direction and source: as neutrophil_count.
    """
    return neutrophil_count(white_cells, segmented + bands)


def reticulocyte_count(red_cells: Fraction, percent: Fraction) -> Fraction:
    """Reticulocytes, in 10^9/L: red cells times the percentage of reticulocytes, times 10.

    Units: red cells in 10^12/L (1 of them is 1000 x 10^9/L), percentage of the red cells.
    Domain: any count and percentage.
    Monotone: rises with each argument.
    Source: Auckland District Health Board, newborn services, "Reticulocyte count", which gives the
    inverse (the absolute count over 10 and over the red cells is the percentage).
    """
    return red_cells * percent * 10


def indirect_bilirubin(total: Fraction, direct: Fraction) -> Fraction:
    """Indirect bilirubin: the total less the direct, in their unit.

    Units: both in the same unit.
    Domain: direct bilirubin not above the total.
    Monotone: rises with the total, falls with the direct.
    Source: the definition; laboratories measure the two and report the difference.
    """
    if direct > total:
        raise OutsideDomain("Direct bilirubin is above the total")
    return total - direct
