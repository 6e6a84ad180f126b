"""One file per topic; a function decorated with `kpi` in any of them is a KPI."""
