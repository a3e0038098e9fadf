module understudy.invalid/lab/images/stand-ins

go 1.25.0
