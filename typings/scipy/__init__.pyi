# What this program uses of scipy, which ships no types. A name that is missing here is an error of pyright: add it.
