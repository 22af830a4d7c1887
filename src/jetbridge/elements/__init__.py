"""Elements as data: what pages and components are written in."""
