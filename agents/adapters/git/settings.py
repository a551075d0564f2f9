"""Settings of the Git deployment target."""

from pathlib import Path

from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field, field_serializer

from agents.adapters.git.command import mask


class GitSettings(BaseModel):
    """The deployment repository, who writes to it, and how patiently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str = Field(min_length=1)
    """A local path or any URL that `git` understands. Credentials belong in a credential helper or an SSH key."""

    branch: str = "main"
    """The branch that Config Sync or Argo CD follows."""

    author_name: str = "Nephoran"
    """Who the commits are by."""

    author_email: str = "nephoran@localhost"
    """The author's address; branch protection rules can recognise our commits by it."""

    drafts: bool = True
    """Whether a proposal gets a branch `drafts/SITE/OBJECT/INTENT`, where people see its commit before they approve it.
    Pipelines that start on every branch should leave out `drafts/**`."""

    tags: bool = True
    """Whether what an intent publishes of a package is tagged `SITE/OBJECT/vN`, as Porch does. Every push is told all
    refs of the repository (10,000 cost it 40 ms, 50,000 cost 220 ms): where intents come by the ten thousand, remove
    old tags now and then, or switch it off."""

    namespace: str = "nephoran"
    """The Kubernetes namespace of the resources in the packages."""

    group_window_seconds: float = Field(default=0.05, ge=0, le=5)
    """How long a group gathers changes that share its push: from its first one, or from the end of the push before, so
    that a busy writer rests between pushes. A push costs 30 ms of CPU locally and up to a second over the Internet,
    whatever it carries; the window adds to every intent's latency."""

    group_limit: int = Field(default=64, ge=1)
    """Most commits in one push: the lanes of one partition."""

    queue_limit: int = Field(default=2048, ge=1)
    """Most changes waiting for a push; any more are sent back for a retry."""

    push_timeout_seconds: float = Field(default=30, gt=0)
    """After this a fetch or push is given up. Below the 60 s for which a lane tries one event again."""

    clone_timeout_seconds: float = Field(default=600, gt=0)
    """After this the first fetch into an empty cache is given up: it fetches the whole history."""

    cache: Path = Field(default_factory=lambda: user_cache_path("nephoran") / "git")
    """Where the working copy lies. It is only a cache and may be deleted at any time."""

    @field_serializer("repository")
    def _mask(self, repository: str) -> str:
        return mask(repository)
