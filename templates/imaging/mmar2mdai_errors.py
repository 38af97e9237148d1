"""The exceptions of the deploy code. Their text is shown to the user."""


class DeployError(Exception):
    """The bundle or a run can't give an answer; the text says what is wrong and where."""


class StudyRefused(DeployError):
    """A study lacks images that the network takes; other studies may have them."""


class SeriesRefused(DeployError):
    """A series can't be made into volumes without guessing; other series still may."""
