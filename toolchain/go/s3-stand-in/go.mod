module understudy.invalid/toolchain/s3-stand-in

go 1.25.0

require (
	github.com/johannesboyne/gofakes3 v1.2.0
	github.com/ryszard/goskiplist v0.0.0-20150312221310-2dfbae5fcf46 // indirect
)
