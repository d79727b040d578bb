import gc
import gzip
import logging
import threading
from collections.abc import Iterator
from hashlib import md5
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from cosim.learning.idx import DIRECTORY, TEST_LABELS, Archive, decompressed, parse

LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9])
"""Three labels: type 8 (unsigned byte), one dimension of 3."""
FILE = gzip.compress(LABELS, mtime=0)


def archive(*mirrors: str, content: bytes = FILE) -> Archive:
    return Archive("letters", {TEST_LABELS: md5(content).hexdigest()}, mirrors)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_labels_and_images_written_by_hand() -> None:
    np.testing.assert_array_equal(parse(LABELS, "labels"), [7, 0, 9])
    images = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(parse(images, "images"), [[[1, 2, 3]], [[4, 5, 6]]])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (LABELS[:-1], "labels holds 2 bytes, but its header announces 3"),
        (LABELS + b"\0", "labels holds 4 bytes, but its header announces 3"),
        (LABELS[:7], "labels is no IDX file of unsigned bytes: it begins with 00000801"),
        (b"", "begins with nothing"),
        (b"\x89PNG....", "begins with 89504e47"),
        (b"\0\0\x0d\x01\0\0\0\0", "begins with 00000d01"),
        (b"\0\0\x08\x00", "begins with 00000800"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        parse(content, "labels")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [FILE[:-9], FILE[:5], b"plain text", FILE[:14] + b"\xff\xff" + FILE[16:]])
def test_a_damaged_gzip_file_is_named_in_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "labels.gz", content)
    with pytest.raises(ValueError, match=r"labels\.gz is no complete gzip file") as caught:
        decompressed(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("folder", ["", "letters"])
def test_files_are_found_in_the_directory_and_in_its_sub_folder(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / folder / TEST_LABELS, FILE)
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    np.testing.assert_array_equal(archive().read(TEST_LABELS), [7, 0, 9])


def test_the_sub_folder_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / TEST_LABELS, b"the file of another set")
    write(tmp_path / "letters" / TEST_LABELS, FILE)
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    np.testing.assert_array_equal(archive().read(TEST_LABELS), [7, 0, 9])


def test_another_file_than_the_published_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / TEST_LABELS, FILE + b"x")
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    with pytest.raises(ValueError, match="is not the published file of letters: its MD5 is"):
        archive().read(TEST_LABELS)


SOCKETS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""After a refused download requests leaves its socket to the garbage collector, which `mirror` therefore runs."""


class _Mirror(BaseHTTPRequestHandler):
    """Serves the file below /good/, something else below /bad/, nothing elsewhere."""

    def do_GET(self) -> None:
        content = {"good": FILE, "bad": b"something else"}.get(self.path.split("/")[1], b"")
        self.send_response(200 if content else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server on this machine, with an empty cache and no data directory."""
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)
    monkeypatch.delenv(DIRECTORY, raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), _Mirror) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
    gc.collect()


@SOCKETS
def test_the_next_mirror_is_asked_and_the_file_kept(mirror: str, tmp_path: Path) -> None:
    letters = archive(f"{mirror}none/", f"{mirror}bad/", f"{mirror}good/")
    np.testing.assert_array_equal(letters.read(TEST_LABELS), [7, 0, 9])
    assert (tmp_path / "cosim" / "letters" / TEST_LABELS).read_bytes() == FILE
    np.testing.assert_array_equal(archive(f"{mirror}none/").read(TEST_LABELS), [7, 0, 9])


@SOCKETS
def test_a_download_that_fails_says_what_to_do(mirror: str) -> None:
    with pytest.raises(ValueError, match=r"could not be downloaded \(.*404.*name it in COSIM_DATA"):
        archive(f"{mirror}none/").read(TEST_LABELS)
