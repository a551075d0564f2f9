"""`python -m pipeline.stand_ins.model --port 8008 --answers FILE`: the stand-in by itself, for trying things out.

FILE is JSON, `{request text: answer object}`; an answer has the shape
that the prompt in `agents/goals/prompts` asks for.
"""

import argparse
import json
import time
from pathlib import Path

from pipeline.stand_ins.model.replies import Says
from pipeline.stand_ins.model.server import StandInModel, served


def main() -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in for a language model's server. It is no model.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--answers", type=Path, help="JSON: request text to answer object")
    parser.add_argument("--api-key")
    arguments = parser.parse_args()
    model = StandInModel(arguments.api_key)
    if arguments.answers:
        for text, answer in json.loads(arguments.answers.read_text(encoding="utf-8")).items():
            model.answers[text] = Says(answer)
    with served(model, arguments.port):
        print(f"base_url={model.base_url} (a stand-in, no model)", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
