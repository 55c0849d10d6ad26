"""Locally connected layers: convolutions whose kernel differs from position to position."""

import math
from typing import Any

import keras
from keras import ops

from zoo.typing import Shape, Tensor

# A batch known to be smaller is computed position by position: banding the kernel would cost more than the product.
SMALL_BATCH = 64


def _pad(x: Tensor, axis: int, widths: tuple[int, int]) -> Tensor:
    """`x` with so many zeros before and behind; of negative widths, with so many entries less."""
    kept = slice(max(0, -widths[0]), x.shape[axis] - max(0, -widths[1]))
    x = x[(slice(None),) * axis + (kept,)]
    added = max(0, widths[0]), max(0, widths[1])
    return ops.pad(x, [added if a == axis else (0, 0) for a in range(len(x.shape))]) if any(added) else x


@keras.saving.register_keras_serializable(package="zoo")
class LocallyConnected2D(keras.layers.Layer):
    r"""Two-dimensional locally connected layer.

    .. math:: y_{r c o} = b_{r c o} + \sum_{i j k} W_{(r c)(i j k) o}\, x_{r s_r + i,\, c s_c + j,\, k}

    A convolution that shares no weights: the building block of LAGAN (de Oliveira, Paganini, Nachman,
    arXiv:1701.05927, section 4) and of CaloGAN (arXiv:1705.02355, section 4). Keras 3 dropped the layer; weights here
    have the shapes, order and initialisation of tf_keras's ``LocallyConnected2D(implementation=1)``.

    Arguments:
        filters: number of output channels.
        kernel_size: (rows, columns) of the kernel.
        strides: (rows, columns) of the stride.
        padding: (rows, columns) of zeros around the image, on both sides, fewer than the kernel's. Where one block has
            all rows, those of zeros are not multiplied.
        use_bias: add one bias per position and filter.
        kernel_initializer, bias_initializer: as in ``keras.layers``. The fans are those of tf_keras: the kernel is
            initialised as (positions, inputs, filters), so fan_in is positions * inputs.
        batch_last: input and output are (columns, rows, channels, batch) instead of (batch, rows, columns, channels).
            Consecutive layers then need no transposes, the contiguous axis of every matrix product is the batch, and a
            slab of adjacent columns is one matrix without being copied.
        rows_per_block: output rows computed by one matrix product, at most. Three rows share most of their input rows,
            so the product is wide enough to be fast while only the corners of its banded matrix are zeros. More rows
            copy less of the input and multiply more zeros: better without gradients and with few channels.

    Weights: ``kernel`` (out_rows * out_columns, kernel_rows * kernel_columns * channels, filters) and ``bias``
    (out_rows, out_columns, filters).
    """

    def __init__(
        self,
        filters: int,
        kernel_size: tuple[int, int],
        strides: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        batch_last: bool = False,
        rows_per_block: int = 3,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = tuple(kernel_size)
        self.strides = tuple(strides)
        self.padding = tuple(padding)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.batch_last = batch_last
        self.rows_per_block = rows_per_block

    def build(self, input_shape: Shape) -> None:
        rows, columns, channels = self._image_shape(input_shape)
        out_rows, out_columns = self._output_size(rows, columns)
        inputs = math.prod(self.kernel_size) * channels
        self.kernel = self.add_weight(
            shape=(out_rows * out_columns, inputs, self.filters), initializer=self.kernel_initializer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(out_rows, out_columns, self.filters), initializer=self.bias_initializer, name="bias"
            )

    def _image_shape(self, input_shape: Shape) -> Any:
        """(rows, columns, channels)"""
        return (input_shape[1], input_shape[0], input_shape[2]) if self.batch_last else tuple(input_shape[1:])

    def _output_size(self, rows: int, columns: int) -> tuple[int, int]:
        (kernel_rows, kernel_columns), (row_stride, stride) = self.kernel_size, self.strides
        rows, columns = rows + 2 * self.padding[0], columns + 2 * self.padding[1]
        size = (rows - kernel_rows) // row_stride + 1, (columns - kernel_columns) // stride + 1
        if min(size) < 1:
            raise ValueError(f"{self.name}: an image of {rows}x{columns} is smaller than the kernel {self.kernel_size}")
        return size

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        out_rows, out_columns = self._output_size(*self._image_shape(input_shape)[:2])
        if self.batch_last:
            return (out_columns, out_rows, self.filters, input_shape[3])
        return (input_shape[0], out_rows, out_columns, self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        x = inputs if self.batch_last else ops.transpose(inputs, (2, 1, 3, 0))
        small = x.shape[3] is not None and x.shape[3] < SMALL_BATCH
        y = self._by_position(x) if small else self._by_slab(x)
        if self.use_bias:
            y = y + ops.expand_dims(ops.transpose(self.bias, (1, 0, 2)), 3)
        return y if self.batch_last else ops.transpose(y, (3, 1, 0, 2))

    def _by_position(self, x: Tensor) -> Tensor:
        """One matrix product per output position, with the kernel as it is stored."""
        columns, rows, channels = x.shape[:3]
        out_rows, out_columns = self._output_size(rows, columns)
        (kernel_rows, kernel_columns), (row_stride, stride) = self.kernel_size, self.strides
        rows_around, columns_around = self.padding
        x = _pad(_pad(x, 0, (columns_around,) * 2), 1, (rows_around,) * 2)
        x = ops.transpose(x, (1, 0, 2, 3))
        taps = [
            x[i : i + out_rows * row_stride : row_stride, j : j + out_columns * stride : stride]
            for i in range(kernel_rows)
            for j in range(kernel_columns)
        ]
        patches = ops.reshape(ops.concatenate(taps, 2), (out_rows * out_columns, len(taps) * channels, -1))
        y = ops.matmul(ops.transpose(self.kernel, (0, 2, 1)), patches)
        return ops.transpose(ops.reshape(y, (out_rows, out_columns, self.filters, -1)), (1, 0, 2, 3))

    def _by_slab(self, x: Tensor) -> Tensor:
        """One matrix product per block of output rows and per *slab* of ``stride`` adjacent input columns.

        A slab is multiplied by the kernels of all output columns that see it, and the products are added shifted by a
        column each. Neither the patches nor, in the gradient, their overlap-add are ever written to memory.
        """
        columns, rows, channels = x.shape[:3]
        out_rows, out_columns = self._output_size(rows, columns)
        block = max(b for b in range(1, self.rows_per_block + 1) if out_rows % b == 0)
        shifts = -(-self.kernel_size[1] // self.strides[1])
        slabs = out_columns + shifts - 1
        (rows_around, columns_around), whole = self.padding, block == out_rows

        x = _pad(x, 0, (columns_around, slabs * self.strides[1] - columns - columns_around))
        x = x if whole else _pad(x, 1, (rows_around, rows_around))
        block_inputs = rows if whole else (block - 1) * self.strides[0] + self.kernel_size[0]
        starts = range(0, out_rows * self.strides[0], block * self.strides[0])
        x = ops.stack([x[:, start : start + block_inputs] for start in starts])
        x = ops.reshape(x, (len(starts), slabs, self.strides[1] * block_inputs * channels, -1))

        first = -rows_around if whole else 0
        kernel = self._slab_kernel(out_rows, out_columns, channels, block, (first, block_inputs), shifts)
        products = ops.matmul(kernel, x)
        width = block * self.filters
        y = sum(products[:, q : q + out_columns, q * width : (q + 1) * width] for q in range(shifts))
        y = ops.reshape(y, (len(starts), out_columns, block, self.filters, -1))
        return ops.reshape(ops.transpose(y, (1, 0, 2, 3, 4)), (out_columns, out_rows, self.filters, -1))

    def _slab_kernel(
        self, out_rows: int, out_columns: int, channels: int, block: int, inputs: tuple[int, int], shifts: int
    ) -> Tensor:
        """The kernel as (blocks, slabs, shifts * block * filters, stride * block_inputs * channels), banded with zeros.

        Of its inputs, (first, block_inputs), row r of a block sees those from first + r * stride on, as many as the
        kernel has rows; those that are not there are rows of zeros. Output column c sees the slabs c ... c + shifts.
        """
        (kernel_rows, kernel_columns), (row_stride, stride) = self.kernel_size, self.strides
        first, block_inputs = inputs
        blocks = out_rows // block
        kernel = ops.reshape(
            self.kernel, (blocks, block, out_columns, kernel_rows, kernel_columns, channels, self.filters)
        )
        kernel = ops.transpose(kernel, (1, 0, 2, 6, 4, 3, 5))
        before = [first + r * row_stride for r in range(block)]
        kernel = ops.stack([_pad(kernel[r], 4, (n, block_inputs - kernel_rows - n)) for r, n in enumerate(before)], 2)
        kernel = _pad(kernel, axis=4, widths=(0, shifts * stride - kernel_columns))
        kernel = ops.reshape(
            kernel, (blocks, out_columns, block * self.filters, shifts, stride * block_inputs * channels)
        )
        return ops.concatenate([_pad(kernel[:, :, :, q], axis=1, widths=(q, shifts - 1 - q)) for q in range(shifts)], 2)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "batch_last": self.batch_last,
            "rows_per_block": self.rows_per_block,
        }
