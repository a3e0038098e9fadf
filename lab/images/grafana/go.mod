module understudy.invalid/lab/images/grafana

go 1.25.0
