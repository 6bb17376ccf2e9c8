# s3cmd: files, folders, headers, links.
set -eu
host="${AWS_ENDPOINT_URL#http://}"
cat > config <<C
[default]
access_key = $AWS_ACCESS_KEY_ID
secret_key = $AWS_SECRET_ACCESS_KEY
host_base = $host
host_bucket = $host
use_https = False
multipart_chunk_size_mb = 5
C
s3() { s3cmd --config config --no-progress --quiet "$@"; }
mkdir -p up && head -c 17000000 /dev/urandom > "up/big ü.bin" && echo 1 > up/1.txt
s3 put --add-header=x-amz-meta-by:alice up/1.txt "s3://$BUCKET/s3cmd/one"
s3cmd --config config info "s3://$BUCKET/s3cmd/one" | grep -q alice
s3 sync up/ "s3://$BUCKET/s3cmd/up/"
s3 sync "s3://$BUCKET/s3cmd/up/" down/
diff -r up down
s3 cp "s3://$BUCKET/s3cmd/one" "s3://$BUCKET/s3cmd/two"
s3 mv "s3://$BUCKET/s3cmd/two" "s3://$BUCKET/s3cmd/three"
s3cmd --config config ls "s3://$BUCKET/s3cmd/" | grep -q three
s3 modify --add-header=Cache-Control:no-cache "s3://$BUCKET/s3cmd/one"
test "$(curl -fsS "$(s3cmd --config config signurl "s3://$BUCKET/s3cmd/one" +60)")" = 1
s3cmd --config config du "s3://$BUCKET/s3cmd/" | grep -q ' 4 objects'
s3 del --recursive --force "s3://$BUCKET/s3cmd/"
test -z "$(s3cmd --config config ls --recursive "s3://$BUCKET/s3cmd/")"
s3 mb s3://made-by-s3cmd && s3 rb s3://made-by-s3cmd
