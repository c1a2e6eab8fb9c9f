"""Pictures in dots of the terminal's own, where it can draw them and the operator asked for it.

question ─► terminal ─► answer ─► capabilities ─► graphics mode, as the operator wishes
picture ─► decoders ─► raster ─► encoders ─► sequence ─► output, which lets nothing else through
"""
