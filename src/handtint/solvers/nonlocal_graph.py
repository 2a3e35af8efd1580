"""A graph that joins pixels which look alike, wherever they are.

Each pixel has a feature vector: the lightness of the patch around it, reduced to its principal
components, and its place in the picture. It is joined to the ``neighbours`` pixels with the nearest
features, and

    v_ij = 1/2 (a_ij + a_ji),   a_ij = exp(-|f_i - f_j|^2 / (2 likeness^2)), 0 if j is no neighbour

so that v is symmetric. The graph adds to the energy of the local one

    1/2 sum_ij share v_ij |u_i - u_j|^2.

References
----------
G. Gilboa, S. Osher, "Nonlocal operators with applications to image processing", Multiscale
Modeling & Simulation 7(3), 2008, doi:10.1137/070698592. A. Buades, B. Coll, J.-M. Morel, "A
non-local algorithm for image denoising", CVPR 2005, doi:10.1109/CVPR.2005.38 (patches).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.ndimage import label
from scipy.spatial import cKDTree

from handtint.jit import kernel
from handtint.solvers.grid import padded_shape
from handtint.types import Mask, Plane

Planes: TypeAlias = NDArray[np.float32]
Indices: TypeAlias = NDArray[np.int32]

COMPONENTS = 6
"""Principal components of the patches that are kept."""


@dataclass(frozen=True, slots=True)
class PatchLaw:
    """What likeness is.

    Parameters
    ----------
    neighbours : int
        Pixels that each pixel is joined to.
    radius : int
        Radius of the patches, in pixels; their middle counts more than their rim.
    place : float
        Feature distance of two pixels that are the long side of the picture apart, in percent of
        white.
    likeness : float
        Feature distance at which a coupling has fallen to exp(-1/2), in percent of white.
    share : float
        Weight of this graph beside the local one.
    """

    neighbours: int
    radius: int
    place: float
    likeness: float
    share: float


class PatchGraph:
    """Couplings between pixels that look alike, as an operator on padded planes.

    The operator is the Laplacian ``diag(degree) - V`` of the graph, share included.

    Parameters
    ----------
    matrix : sparse array, shape (h w, h w)
        The weights V, symmetric, share included.
    shape : (int, int)
        Height and width of the picture.
    """

    def __init__(self, matrix: sparse.csr_array, shape: tuple[int, int]) -> None:
        h, w = shape
        hp, wp = padded_shape(shape)
        y, x = np.divmod(np.arange(h * w, dtype=np.int32), np.int32(w))
        stored = (y + 1) * np.int32(wp) + x + 1
        self.shape = shape
        self.matrix = matrix
        self.degree = np.zeros((hp, wp), np.float32)
        self.degree.ravel()[stored] = np.asarray(matrix.sum(axis=1), np.float32)
        self._starts = matrix.indptr.astype(np.int32)
        self._columns = stored[matrix.indices]
        self._weights = matrix.data.astype(np.float32)
        self._stored = stored

    @classmethod
    def of(cls, lightness: Plane, law: PatchLaw) -> PatchGraph:
        """Graph of a photograph.

        Parameters
        ----------
        lightness : ndarray, shape (h, w), float32, in [0, 100]
        law : PatchLaw
            What likeness is.
        """
        h, w = lightness.shape
        features = patch_features(lightness, law.radius, law.place)
        count = min(law.neighbours + 1, h * w)
        distance, near = cKDTree(features).query(features, k=list(range(1, count + 1)))
        own = np.arange(h * w)[:, None]
        weight = np.exp(-0.5 * (distance / law.likeness) ** 2) * (near != own)
        one_way = sparse.csr_array(
            (weight.ravel(), near.ravel(), np.arange(0, h * w * count + 1, count)),
            shape=(h * w, h * w),
        )
        matrix = sparse.csr_array((one_way + one_way.T) * (0.5 * law.share))
        matrix.eliminate_zeros()
        return cls(matrix, (h, w))

    def with_marks(self, barrier: Mask, ignore: Mask) -> PatchGraph:
        """Graph after the marks of a person.

        Couplings of an ignored pixel go, because its looks are not to be trusted, and so do those
        of barrier pixels and all couplings between regions that barriers part.
        """
        if not (barrier.any() or ignore.any()):
            return self
        regions, _ = label(~barrier, structure=np.ones((3, 3), np.int8))
        region = np.where(ignore, 0, regions).ravel()
        pairs = self.matrix.tocoo()
        rows, columns = pairs.coords
        kept = (region[rows] == region[columns]) & (region[rows] > 0)
        matrix = sparse.csr_array(
            (pairs.data[kept], (rows[kept], columns[kept])), shape=self.matrix.shape
        )
        return PatchGraph(matrix, self.shape)

    def value(self, chroma: Planes) -> float:
        """Energy ``1/2 sum_ij share v_ij |u_i - u_j|^2``, each pair once, of (2, hp, wp) planes."""
        out = np.zeros_like(chroma)
        self.add_coupled(chroma, out)
        return 0.5 * float(np.sum(chroma * (self.degree * chroma - out), dtype=np.float64))

    def apply(self, chroma: Planes) -> Planes:
        """The energy's gradient ``degree u - V u`` at (2, hp, wp) planes."""
        out = np.zeros_like(chroma)
        self.add_coupled(chroma, out, -1.0)
        out += self.degree * chroma
        return out

    def add_coupled(self, x: Planes, out: Planes, factor: float = 1.0) -> None:
        """``out += factor V x``, both channels, contiguous and of shape (2, hp, wp)."""
        _add_product(
            self._starts,
            self._columns,
            self._weights,
            self._stored,
            x.reshape(2, -1),
            np.float32(factor),
            out.reshape(2, -1),
        )


def patch_features(lightness: Plane, radius: int, place: float) -> NDArray[np.float32]:
    """Features of all pixels.

    Returns
    -------
    ndarray, shape (h w, at most COMPONENTS + 2), float32
        The squared distance of two rows is about the mean squared difference of their patches, by
        a Gaussian window, plus ``place``^2 times the squared distance of the pixels as a part of
        the long side.
    """
    h, w = lightness.shape
    steps = np.arange(-radius, radius + 1)
    window = np.exp(-(steps**2) / (0.5 * radius**2 + 0.5))
    weight = np.outer(window, window)
    weight /= weight.sum()
    padded = np.pad(lightness, radius, mode="symmetric")
    patches = np.lib.stride_tricks.sliding_window_view(padded, weight.shape)
    vectors = (patches * np.sqrt(weight).astype(np.float32)).reshape(h * w, -1)
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    y, x = np.mgrid[:h, :w].reshape(2, -1) * np.float32(place / max(h, w))
    return np.column_stack((centred @ axes[:, -COMPONENTS:], y, x)).astype(np.float32)


@kernel()
def _add_product(
    starts: Indices,
    columns: Indices,
    weights: Planes,
    stored: Indices,
    x: Planes,
    factor: np.float32,
    out: Planes,
) -> None:
    for i in range(stored.shape[0]):
        first, second = np.float32(0), np.float32(0)
        for k in range(starts[i], starts[i + 1]):
            first += weights[k] * x[0, columns[k]]
            second += weights[k] * x[1, columns[k]]
        out[0, stored[i]] += factor * first
        out[1, stored[i]] += factor * second
