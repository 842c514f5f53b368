"""Terraform with HashiCorp's AWS provider, run against one instance."""

import json
import re
import shutil
from pathlib import Path

import pytest

# Providers on this machine, in the layout that `terraform providers mirror` makes.
MIRROR = Path("/opt/tf-plugins")
PROVIDER, VERSION = "hashicorp/aws", "5.100.0"
MODULES = Path(__file__).parent

RC = f"""
provider_installation {{
  filesystem_mirror {{
    path = "{MIRROR}"
  }}
}}
"""

REQUIREMENTS = f"""
terraform {{
  required_providers {{
    aws = {{
      source  = "{PROVIDER}"
      version = "{VERSION}"
    }}
  }}
}}
"""

needs_terraform = [
    pytest.mark.skipif(not shutil.which("terraform"), reason="Terraform is not installed"),
    pytest.mark.skipif(not (MIRROR / "registry.terraform.io" / PROVIDER / VERSION).exists(),
                       reason=f"the provider {PROVIDER} {VERSION} is not in {MIRROR}"),
]


class Terraform:
    """A working folder of Terraform's that talks to one instance."""

    def __init__(self, cloud, folder):
        self.cloud, self.folder, self.begun = cloud, folder, False
        (folder / "rc").write_text(RC)
        (folder / "versions.tf").write_text(REQUIREMENTS)
        # Of its time, most goes into the garbage of the provider's description of itself.
        self.env = {"TF_CLI_CONFIG_FILE": str(folder / "rc"), "TF_IN_AUTOMATION": "1", "GOGC": "400"}

    def write(self, text):
        """What there is to be from now on."""
        (self.folder / "main.tf").write_text(text)

    def use(self, *modules):
        """Takes these of the modules beside this file."""
        self.write("\n".join((MODULES / f"{module}.tf").read_text() for module in modules))

    def run(self, command, *arguments, check=True):
        return self.cloud.admin.run(
            "terraform", f"-chdir={self.folder}", command, "-no-color", *arguments,
            env=self.env, check=check, timeout=400)

    def apply(self, **variables):
        """Makes it so, sees that nothing is left to do, and gives how many resources were added,
        changed and destroyed."""
        self.env |= {f"TF_VAR_{name}": str(value) for name, value in variables.items()}
        if not self.begun:
            self.run("init", "-input=false")
            self.begun = True
        done = counts(self.run("apply", "-auto-approve", "-input=false").stdout)
        plan = self.run("plan", "-detailed-exitcode", "-input=false", check=False)
        assert plan.returncode == 0, plan.stdout + plan.stderr  # 2 would be a difference
        return done

    def output(self, name):
        """One of the module's outputs."""
        return json.loads(self.run("output", "-json", name).stdout)

    def destroy(self):
        """Takes everything away again; gives how many resources that were."""
        return counts(self.run("destroy", "-auto-approve", "-input=false").stdout)[-1]


def counts(said):
    """The numbers in the last line of what `apply` or `destroy` said."""
    summary = re.search(r"^(?:Apply|Destroy) complete! Resources: (.*)\.$", said, re.MULTILINE)
    assert summary, said
    return tuple(int(number) for number in re.findall(r"\d+", summary.group(1)))
