"""LeNetColor, the report's first network: LeNet-5 on an RGB picture of a spectrogram."""

from torch import Tensor, nn

from musicai.models.dense import dense


class LeNetColor(nn.Module):
    """Two convolutions, each followed by ReLU and max-pool, then two linear layers.

    At the report's 128 pixels the pictures become ``out_channels * 32 * 32`` values and the first linear
    layer's outputs are ``out_channels * 16 * 16``; at other sizes a quarter and an eighth of the side
    stand for the 32 and the 16.

    Parameters
    ----------
    n_mels: not used; the picture hides it.
    genres: number of genres.
    size_input: side of the picture in pixels, a multiple of 8.
    out_channels: channels of both convolutions.
    dropout: share of values that training hides before the first linear layer.
    batch_norm_1d: a batch norm after that dropout.
    """

    def __init__(
        self,
        n_mels: int,  # all architectures are built alike
        genres: int,
        *,
        size_input: int = 128,
        out_channels: int = 16,
        dropout: float = 0.0,
        batch_norm_1d: bool = False,
    ) -> None:
        super().__init__()
        if size_input < 8 or size_input % 8:
            raise ValueError(f"size_input must be a multiple of 8 pixels, not {size_input!r}")
        self.size_input = size_input
        self.features = nn.Sequential(
            nn.Conv2d(3, out_channels, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(out_channels, out_channels, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        quarter, eighth = out_channels * (size_input // 4) ** 2, out_channels * (size_input // 8) ** 2
        self.classifier = nn.Sequential(
            *dense(quarter, eighth, dropout=dropout, batch_norm=batch_norm_1d),
            nn.ReLU(),
            nn.Linear(eighth, genres),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) to logits (B, genres)."""
        x = self.features(x)  # (B, C, S/4, S/4)
        return self.classifier(x.flatten(1))  # type: ignore[no-any-return]
