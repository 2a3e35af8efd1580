"""The studio: a web page on this machine to paint strokes and watch colour follow the brush.

One server process holds the strokes and keeps them on the disk; a worker process decodes and
solves; the page draws. `handtint.studio.serve.run` starts all of it.
"""
