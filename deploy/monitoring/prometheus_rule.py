"""Write prometheus-rule.yaml anew from alerts.yml: `python deploy/monitoring/prometheus_rule.py`."""

from pathlib import Path

FOLDER = Path(__file__).parent
HEAD = """\
# Written by prometheus_rule.py from alerts.yml; do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: musicai
spec:
"""


def rule() -> str:
    """Return the alerts as an object of the Prometheus operator."""
    alerts = (FOLDER / "alerts.yml").read_text().split("groups:\n", 1)[1]
    indented = "".join(f"  {line}" if line.strip() else line for line in alerts.splitlines(keepends=True))
    return f"{HEAD}  groups:\n{indented}"


if __name__ == "__main__":
    (FOLDER / "prometheus-rule.yaml").write_text(rule())
