"""MiniAlexNet, the report's second network: AlexNet made small."""

from torch import Tensor, nn

from musicai.models.dense import dense


class MiniAlexNet(nn.Module):
    """Three convolutions, each with max-pool before ReLU, then three linear layers.

    Convolutions have kernel 2, stride 1 and padding 1, and ``out_channels``, twice and four times as
    many channels. At the report's 128 pixels the linear layers go from 4 * 16 * 16 * out_channels over
    ``out_channels * 16 * 16`` (4096, as AlexNet's) and ``out_channels * 8 * 8`` to the genres.

    Parameters
    ----------
    n_mels: not used; the picture hides it.
    genres: number of genres.
    size_input: side of the picture in pixels, a multiple of 16.
    out_channels: channels of the first convolution.
    dropout: share of values that training hides before each linear layer.
    batch_norm_1d: a batch norm after each of these dropouts.
    batch_norm_2d: a batch norm before each convolution except the first.
    """

    def __init__(
        self,
        n_mels: int,  # all architectures are built alike
        genres: int,
        *,
        size_input: int = 128,
        out_channels: int = 16,
        dropout: float = 0.5,
        batch_norm_1d: bool = False,
        batch_norm_2d: bool = False,
    ) -> None:
        super().__init__()
        if size_input < 16 or size_input % 16:
            raise ValueError(f"size_input must be a multiple of 16 pixels, not {size_input!r}")
        self.size_input = size_input
        self.features = nn.Sequential(
            *_convolution(3, out_channels, batch_norm=False),
            *_convolution(out_channels, 2 * out_channels, batch_norm=batch_norm_2d),
            *_convolution(2 * out_channels, 4 * out_channels, batch_norm=batch_norm_2d),
        )
        flat = 4 * out_channels * (size_input // 8) ** 2
        wide, narrow = flat // 4, flat // 16
        self.classifier = nn.Sequential(
            *dense(flat, wide, dropout=dropout, batch_norm=batch_norm_1d),
            nn.ReLU(),
            *dense(wide, narrow, dropout=dropout, batch_norm=batch_norm_1d),
            nn.ReLU(),
            *dense(narrow, genres, dropout=dropout, batch_norm=batch_norm_1d),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) to logits (B, genres)."""
        x = self.features(x)  # (B, 4C, S/8, S/8)
        return self.classifier(x.flatten(1))  # type: ignore[no-any-return]


def _convolution(inputs: int, outputs: int, *, batch_norm: bool) -> list[nn.Module]:
    norm: list[nn.Module] = [nn.BatchNorm2d(inputs)] if batch_norm else []
    # kernel 2 with padding 1 adds a row and a column, which the pool then drops
    convolution = nn.Conv2d(inputs, outputs, kernel_size=2, stride=1, padding=1)
    return [*norm, convolution, nn.MaxPool2d(2), nn.ReLU()]
