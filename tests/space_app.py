"""Real Gradio apps on one local port, each below a path of its own, that film as a prompt tells them to.

Run as ``python tests/space_app.py PORT FOLDER TOKEN``; it makes its files in FOLDER, and ``/private`` wants
TOKEN. Those that film take ``(prompt, seed, frames, steps)``, and the first words of a prompt, up to a comma,
choose what they do:

- ``slow``: film when FOLDER/enough exists. ``error``: fail, with the request's token in the message.
- ``one frame``, ``cut short``, ``text``: a file that is not as it should be.
- ``address``: say where the video is, on another host.
- Anything else: a video whose grey is the seed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import av
import gradio as gr
import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response

PORT, FOLDER, TOKEN = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
SLOW_S = 300.0

seen: list[dict[str, object]] = []


def video(path: Path, frames: int, grey: int) -> Path:
    """An MP4 of 96x64 at 8 frames a second, each a little lighter than the one before."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=8, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(frames):
            picture = np.full((64, 96, 3), grey + number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def film(prompt: str, seed: int, frames: int, steps: int, request: gr.Request) -> str:
    """Path or address of what the prompt asks for."""
    token = request.headers.get("x-hf-authorization", "")
    seen.append({"prompt": prompt, "seed": seed, "frames": frames, "steps": steps, "token": token})
    path, grey = FOLDER / f"{len(seen)}.mp4", int(seed) % 200
    match prompt.partition(",")[0].strip():
        case "slow":
            until = time.monotonic() + SLOW_S
            while time.monotonic() < until and not (FOLDER / "enough").exists():
                time.sleep(0.02)
        case "error":
            raise gr.Error(f"the GPU is tired of {token}")
        case "one frame":
            return str(video(path, 1, grey))
        case "cut short":
            path.write_bytes(video(path, frames, grey).read_bytes()[:400])
            return str(path)
        case "text":
            path.write_text("no film today\n" * 100)
            return str(path)
        case "address":
            video(FOLDER / "elsewhere.mp4", frames, grey)
            return f"http://localhost:{PORT}/elsewhere.mp4"
    return str(video(path, frames, grey))


def page(output: type[gr.components.Component], *names: str) -> gr.Blocks:
    """An app with an endpoint of each name that films."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        for name in names:
            inputs = [
                gr.Textbox(label="prompt"),
                gr.Slider(0, 1_000_000, step=1, label="seed"),
                gr.Slider(1, 60, step=1, label="frames"),
                gr.Slider(1, 50, step=1, label="steps"),
            ]
            gr.Button().click(film, inputs, output(), api_name=name)
    return blocks


def page_with_other_inputs() -> gr.Blocks:
    """An app whose run is another one."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Button().click(lambda words: words, gr.Textbox(label="words"), gr.Textbox(), api_name="run")
    return blocks


def has_token(request: Request) -> str | None:
    """Who asks, for Gradio's own refusal."""
    return "us" if request.headers.get("x-hf-authorization") == f"Bearer {TOKEN}" else None


def web() -> FastAPI:
    """All apps below their paths, and pages that are no apps."""
    site = FastAPI()
    apps = {
        "film": page(gr.Video, "run").queue(default_concurrency_limit=4),
        "file": page(gr.File, "about", "run").queue(),
        "words": page(gr.Textbox, "run").queue(),
        "busy": page(gr.Video, "run").queue(max_size=1, default_concurrency_limit=1),
        "single": page(gr.Video, "make_video").queue(),
        "many": page(gr.Video, "first", "second").queue(),
        "other": page_with_other_inputs().queue(),
        "private": page(gr.Video, "run").queue(),
    }
    for name, app in apps.items():
        site = gr.mount_gradio_app(
            site,
            app,
            path=f"/{name}",
            allowed_paths=[str(FOLDER)],
            show_error=True,
            auth_dependency=has_token if name == "private" else None,
        )

    @site.get("/seen")
    def told() -> list[dict[str, object]]:
        return seen

    @site.get("/elsewhere.mp4")
    def elsewhere(request: Request) -> Response:
        seen.append({"elsewhere": dict(request.headers)})
        return Response((FOLDER / "elsewhere.mp4").read_bytes(), media_type="video/mp4")

    @site.get("/plain/{rest:path}")
    def plain(rest: str) -> Response:
        return Response(f"<html>a page, {rest}</html>", media_type="text/html")

    @site.get("/hangs/{rest:path}")
    async def hangs(rest: str) -> None:
        await asyncio.Event().wait()

    return site


if __name__ == "__main__":
    uvicorn.run(web(), host="127.0.0.1", port=PORT, log_level="critical")
