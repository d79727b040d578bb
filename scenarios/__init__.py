"""The scenarios that come with cosim, as package data: `cosim run NAME` finds them."""
