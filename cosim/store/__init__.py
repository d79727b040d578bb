"""What was computed once: values by their content keys, kept between runs."""
