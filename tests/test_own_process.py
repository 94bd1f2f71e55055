"""What commands leave out of libraries stays there for everybody else."""

import os
import subprocess
import sys

import pytest

from corpusmill import own_process
from corpusmill.own_process import without

ASKS_ARROW = "import pyarrow as pa; pa.array([1]).to_numpy(); print('pandas' in sys.modules)\n"


def test_a_package_cannot_be_imported_within():
    sys.modules.pop("this_is_no_package", None)
    with without("wave"):
        sys.modules.pop("wave", None)
        with pytest.raises(ModuleNotFoundError, match="wave is left out here"):
            import wave
    import wave

    assert wave.open
    with without("wave"):
        import wave  # it is there already


@pytest.mark.parametrize("is_own", [True, False])
def test_arrow_asks_pandas_for_nothing_in_a_command(is_own):
    pytest.importorskip("pandas")
    begin = "from corpusmill import own_process; own_process.begin()\n" if is_own else ""
    code = f"import sys\n{begin}import corpusmill.schema\n{ASKS_ARROW}import pandas; print(pandas.DataFrame().empty)\n"
    environment = {name: value for name, value in os.environ.items() if name != own_process._NAME}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == [str(not is_own), "True"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Arrow's own is left to it")
@pytest.mark.parametrize("asked", [None, "mimalloc"])
def test_commands_take_arrows_memory_of_the_system_unless_told_otherwise(asked):
    code = "from corpusmill.cli.main import main; main(['recipes'])\n"
    code += "import pyarrow as pa, sys; sys.exit(pa.default_memory_pool().backend_name)"
    environment = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    environment |= {"ARROW_DEFAULT_MEMORY_POOL": asked} if asked else {}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stderr.strip() == (asked or "system")
