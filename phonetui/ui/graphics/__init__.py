"""Pictures in the terminal's own pixels, where it can draw them and the operator enabled it.

question ─► terminal ─► answer ─► capabilities ─► graphics mode, as the operator wishes
picture ─► decoders ─► raster ─► encoders ─► sequence ─► output, which lets nothing else through
"""
