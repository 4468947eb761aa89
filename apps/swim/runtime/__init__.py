"""The process `ofswim agent`: its life (`main`), what it answers (`commands`), and where (`control`)."""
