"""What all files of this room share: a segment's parameters, the window of a response, and MPD's detector."""

from dataclasses import dataclass

import numpy as np

PARAMETERS = ("crossing_angle", "dip_angle", "drift_length", "pad_coordinate", "pad_row", "pt")
UNITS = ("degrees", "degrees", "time buckets", "pads", "", "GeV")
PADS, BUCKETS = np.arange(-3, 5), np.arange(-7, 9)  # the window, about the integer parts of pad and drift length
ROW, PT = 23, 0.478  # of MPD's sample of fixed row and pT
# Pads of the 53 rows, the numbers of MpdTpcSectorGeo.
PADS_IN_ROW = 2 * np.array(
    [20, 21, 21, 22, 23, 23, 24, 24, 25, 26, 26, 27, 28, 28, 29, 30, 30, 31, 32, 32, 33, 33, 34, 35, 35, 36, 37]
    + [38, 39, 40, 41, 41, *range(42, 63)]
)
# What the paper's sample spans: section 2.
CROSSING, DIP, DRIFT = (-20.0, 20.0), (-60.0, 60.0), (30.0, 300.0)
PT_RANGE = (0.2, 2.5)  # GeV, of the sample in six parameters


@dataclass(frozen=True)
class Detector:
    """The constants. "MPD" are those of the experiment's design and simulation (MpdRoot, MpdTpcDigitizerAZ,
    MpdTpcSectorGeo), "fitted" were fitted to the score of `observables.score` with its 5,000 real events.
    """

    inner_rows: int = 27  # MPD
    outer_rows: int = 26  # MPD
    inner_height: float = 1.2  # cm, of a pad along the row's normal, MPD
    outer_height: float = 1.8  # cm, MPD
    pad_width: float = 0.5  # cm, MPD
    bucket: float = 0.546  # cm of drift in a time bucket: 100 ns at 5.46 cm/us, MPD
    clusters: float = 20.6  # per cm, of a minimum-ionising particle, fitted; 23 to 28 are measured in argon
    tail: float = 31.4  # per cent, of the cluster sizes, fitted; Fischle et al. have 21.6
    largest_cluster: int = 10_000  # electrons; a delta electron of 0.3 MeV leaves the row
    attachment: float = 0.0  # per cm of drift, MPD: switched off there, and the real events show none
    transverse_diffusion: float = 0.0195  # cm / sqrt(cm), fitted
    longitudinal_diffusion: float = 0.0370  # cm / sqrt(cm), fitted
    polya: float = 1.5  # theta of the distribution of an avalanche's size, MPD
    gain: float = 4.50  # ADC counts of an electron, all over a pad's plane, fitted
    pad_response: float = 0.131  # cm, width of the charge that an avalanche induces, fitted; MPD 0.139
    shaping: float = 0.808  # time buckets, width of the electronics' pulse: 190 ns FWHM, MPD and fitted
    noise: float = 0.1  # ADC counts; below what the threshold lets through
    threshold: float = 1.0  # ADC counts, of the paper's sample
    bits: int = 10  # of the ADC, MPD

    def height(self, row):
        """The height of the pads (cm) in `row`, counted from 0, number or array."""
        return np.where(np.asarray(row) < self.inner_rows, self.inner_height, self.outer_height)

    @property
    def rows(self) -> int:
        """The number of pad rows."""
        return self.inner_rows + self.outer_rows


MPD = Detector()

AT_ONCE = 8192  # events generated in one batch
