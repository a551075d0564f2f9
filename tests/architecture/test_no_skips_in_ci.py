"""The promise that CI skips nothing, kept by a hook."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = "from tests.servers.no_skips import pytest_make_collect_report, pytest_runtest_makereport\n"
SKIPS = {
    "marked": "import pytest\n@pytest.mark.skip(reason='no Kafka')\ndef test_it(): ...\n",
    "inside": "import pytest\ndef test_it(): pytest.skip('no Kafka')\n",
    "fixture": "import pytest\n@pytest.fixture\ndef it(): pytest.skip('no Kafka')\ndef test_it(it): ...\n",
    "module": "import pytest\npytest.skip('no Kafka', allow_module_level=True)\n",
}


def run_pytest(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "-rs", folder],
        env={"CI": ci, "PYTHONPATH": str(Path.cwd()), "PATH": ""},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", SKIPS)
def test_a_skip_passes_at_home_and_fails_in_ci_with_its_reason(tmp_path: Path, kind: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(SKIPS[kind])

    assert "1 skipped" in run_pytest(tmp_path, ci="").stdout
    in_ci = run_pytest(tmp_path, ci="true")
    assert in_ci.returncode in (1, 2)
    assert "no test may be skipped in CI" in in_ci.stdout
    assert "no Kafka" in in_ci.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n")

    assert "1 xfailed" in run_pytest(tmp_path, ci="true").stdout
