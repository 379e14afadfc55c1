"""Programs that measure the library's gates on public sets, and the figures they printed."""
