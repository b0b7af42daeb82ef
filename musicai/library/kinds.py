"""What a file claims to be by its name, and what the files beside music are called in reports."""

AUDIO = frozenset(
    b"""
    8svx aa3 aac aax ac3 adts aif aifc aiff amr ape at3 au awb bwf caf dff dsf dts eac3 f4a flac gsm
    m4a m4b m4p m4r mka mlp mp+ mp1 mp2 mp3 mp4a mpa mpc mpga mpp oga ofr ofs ogg oma opus ra rf64
    shn snd spx tak thd tta voc w64 wav wave weba wma wv xwma
    """.split()
)

_OTHERS = {
    "cover": b"jpg jpeg jpe jfif png gif bmp tif tiff webp avif heic heif svg ico psd xcf",
    "text": b"txt nfo md log lrc srt pdf rtf doc docx odt htm html xml json yaml yml csv ini url md5 sfv",
    "playlist": b"m3u m3u8 pls xspf asx wpl zpl cue",
    "video": b"mp4 m4v mkv webm avi mov mpg mpeg mpe wmv flv f4v 3gp 3g2 ogv ogm vob ts m2ts mts rm rmvb",
    "archive": b"zip rar 7z tar gz tgz bz2 xz zst lz lzma cab iso bin img nrg dmg",
}
_KIND = {extension: kind for kind, names in _OTHERS.items() for extension in names.split()}
# what systems leave in every folder
_SYSTEM = frozenset((b".ds_store", b"thumbs.db", b"desktop.ini", b".directory", b".nomedia"))

APPLE_DOUBLE = b"._"
"""How macOS names the file that keeps the attributes of another one on foreign disks."""


def extension(name: bytes) -> bytes:
    """Return what stands behind the last dot, in lower case."""
    return name.rpartition(b".")[2].lower()


def ignored_kind(name: bytes) -> str:
    """Return what to count a file as that is no audio: "cover", "text" ... or "other"."""
    if name.lower() in _SYSTEM:
        return "system"
    return _KIND.get(extension(name), "other")
