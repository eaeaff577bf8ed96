"""What an image is made of: packages, left-over caches, what is large, what is there twice."""

from runner.image.contents.packages import keep_for_contents

__all__ = ["keep_for_contents"]
