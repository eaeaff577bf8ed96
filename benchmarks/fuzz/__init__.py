"""Parts of the fuzzer of image archives: what it begins with, the damage, the look at it."""
