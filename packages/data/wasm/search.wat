;; The search of simd-search.ts: 16 octets at a time, and no loop that the octets of a peer could make dear.
;; `npm run generate` builds it into src/simd-module.ts; `npm test` fails if that file is not what stands here.
;;
;; Memory: from 0 a table of 256 rows of 8 octets that the host fills: row m has the indices of the bits set in m, lowest
;; first. Row 0 has none, and no result depends on what stands there: at 0 and 4 it is what a function returns besides its
;; result. From 4096 what the host puts there.
;;
;; What is looked at is preceded by octets of context, and p and end count from the first of these. Up to 40 octets
;; behind the range are read, and up to 16 behind what is written are overwritten; no result depends on them.
(module
  (memory (export "memory") 5)

  ;; One octet of context. The first p whose next octet is a LF and p no CR, no LF and p a CR, or `dot` and p a LF; or
  ;; any address from `end` on. 32 octets a turn; a bitmask is a cheaper test than any_true (27 against 24 GB/s).
  (func (export "find") (param $p i32) (param $end i32) (param $dot i32) (result i32)
    (local $cr v128) (local $lf v128) (local $dots v128) (local $v v128) (local $w v128) (local $a v128) (local $b v128)
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $dots (i8x16.splat (local.get $dot)))
    (loop $turn
      (local.set $v (v128.load offset=1 (local.get $p)))
      (local.set $w (v128.load (local.get $p)))
      (local.set $a
        (v128.or
          (v128.and (i8x16.eq (local.get $v) (local.get $dots)) (i8x16.eq (local.get $w) (local.get $lf)))
          (v128.xor (i8x16.eq (local.get $v) (local.get $lf)) (i8x16.eq (local.get $w) (local.get $cr)))))
      (local.set $v (v128.load offset=17 (local.get $p)))
      (local.set $w (v128.load offset=16 (local.get $p)))
      (local.set $b
        (v128.or
          (v128.and (i8x16.eq (local.get $v) (local.get $dots)) (i8x16.eq (local.get $w) (local.get $lf)))
          (v128.xor (i8x16.eq (local.get $v) (local.get $lf)) (i8x16.eq (local.get $w) (local.get $cr)))))
      (if (i8x16.bitmask (v128.or (local.get $a) (local.get $b)))
        (then
          (return
            (i32.add
              (local.get $p)
              (i32.ctz
                (i32.or
                  (i8x16.bitmask (local.get $a))
                  (i32.shl (i8x16.bitmask (local.get $b)) (i32.const 16))))))))
      (br_if $turn
        (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 32))) (local.get $end))))
    (local.get $p))

  ;; Writes those octets of x whose bit is set in m, of 16 bits, from `to` on; returns where they end.
  (func $put (param $x v128) (param $m i32) (param $to i32) (result i32)
    (local $low i32)
    (v128.store
      (local.get $to)
      (i8x16.swizzle
        (local.get $x)
        (v128.load64_zero
          (i32.shl (local.tee $low (i32.and (local.get $m) (i32.const 255))) (i32.const 3)))))
    (v128.store
      (local.tee $to (i32.add (local.get $to) (i32.popcnt (local.get $low))))
      (i8x16.swizzle
        (local.get $x)
        (i8x16.add
          (i8x16.splat (i32.const 8))
          (v128.load64_zero
            (i32.shl (local.tee $m (i32.shr_u (local.get $m) (i32.const 8))) (i32.const 3))))))
    (i32.add (local.get $to) (i32.popcnt (local.get $m))))

  ;; Two octets of context, and two behind the range. Copies the range without the dots behind CRLF, up to the dot of
  ;; CRLF . CRLF; where `strict` is all ones and not 0, up to the dot of CRLF . CR, or to what `find` without `dot` finds.
  ;; Returns the address of that, or `end` (both counted as p is), and at 0 where the copy ends. 16 octets a turn, and
  ;; the last turn takes no heed of the end: what it wrote too much is taken off behind the loop.
  (func (export "unstuff") (param $p i32) (param $end i32) (param $to i32) (param $strict i32) (result i32)
    (local $cr v128) (local $lf v128) (local $check v128) (local $v v128) (local $w v128)
    (local $dots v128) (local $wrong v128) (local $m i32) (local $n i32)
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $check (i8x16.splat (local.get $strict)))
    (loop $turn
      (local.set $v (v128.load offset=2 (local.get $p)))
      (local.set $w (v128.load offset=1 (local.get $p)))
      (local.set $dots
        (v128.and
          (i8x16.eq (local.get $v) (i8x16.splat (i32.const 46)))
          (i8x16.eq (local.get $w) (local.get $lf))))
      (local.set $wrong
        (v128.and
          (local.get $check)
          (v128.xor (i8x16.eq (local.get $v) (local.get $lf)) (i8x16.eq (local.get $w) (local.get $cr)))))
      (if (local.tee $m (i8x16.bitmask (v128.or (local.get $dots) (local.get $wrong))))
        (then
          (local.set $dots
            (v128.and (local.get $dots) (i8x16.eq (v128.load (local.get $p)) (local.get $cr))))
          (if
            (local.tee $n
              (i8x16.bitmask
                (v128.or
                  (local.get $wrong)
                  (v128.and
                    (local.get $dots)
                    (v128.and
                      (i8x16.eq (v128.load offset=3 (local.get $p)) (local.get $cr))
                      (v128.or
                        (local.get $check)
                        (i8x16.eq (v128.load offset=4 (local.get $p)) (local.get $lf))))))))
            (then
              (local.set $n (i32.add (local.get $p) (i32.ctz (local.get $n))))
              (if (i32.lt_u (local.get $n) (local.get $end)) (then (local.set $end (local.get $n))))))
          (local.set $to
            (call $put
              (local.get $v)
              (i32.xor (local.tee $m (i8x16.bitmask (local.get $dots))) (i32.const 0xffff))
              (local.get $to))))
        (else
          (v128.store (local.get $to) (local.get $v))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))))
      (br_if $turn
        (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $end))))
    (i32.store
      (i32.const 0)
      (i32.add
        (i32.add (local.get $to) (local.tee $p (i32.sub (local.get $end) (local.get $p))))
        (i32.popcnt (i32.shr_u (local.get $m) (i32.add (local.get $p) (i32.const 16))))))
    (local.get $end))

  ;; One octet of context. Copies the range with an octet put in before some, and returns where the copy ends. With
  ;; `dots` it is a dot before a dot behind a LF; else a CR before a LF behind no CR, and a LF before another octet than
  ;; LF behind a CR. 16 octets a turn; where something is put in 8, interleaved with what may stand before them. As in
  ;; `unstuff` the last turn is mended behind the loop.
  (func (export "expand") (param $p i32) (param $end i32) (param $to i32) (param $dots i32) (result i32)
    (local $cr v128) (local $lf v128) (local $dot v128) (local $v v128) (local $w v128) (local $in v128)
    (local $n i32)
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $dot (i8x16.splat (i32.const 46)))
    (loop $turn
      (local.set $v (v128.load offset=1 (local.get $p)))
      (local.set $w (v128.load (local.get $p)))
      (local.set $in
        (if (result v128) (local.get $dots)
          (then (v128.and (i8x16.eq (local.get $v) (local.get $dot)) (i8x16.eq (local.get $w) (local.get $lf))))
          (else (v128.xor (i8x16.eq (local.get $v) (local.get $lf)) (i8x16.eq (local.get $w) (local.get $cr))))))
      (if (local.tee $n (i8x16.bitmask (local.get $in)))
        (then
          (local.set $to
            (call $put
              (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
                (if (result v128) (local.get $dots)
                  (then (local.get $dot))
                  (else
                    (v128.bitselect
                      (local.get $cr)
                      (local.get $lf)
                      (i8x16.eq (local.get $v) (local.get $lf)))))
                (local.get $v))
              (i8x16.bitmask
                (v128.or (i16x8.splat (i32.const -256)) (i16x8.extend_low_i8x16_u (local.get $in))))
              (local.get $to)))
          (local.set $p (i32.sub (local.get $p) (i32.const 8))))
        (else
          (v128.store (local.get $to) (local.get $v))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))))
      (br_if $turn
        (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $end))))
    (i32.sub
      (i32.add (local.get $to) (local.tee $p (i32.sub (local.get $end) (local.get $p))))
      (i32.popcnt
        (i32.shr_u (i32.and (local.get $n) (i32.const 255)) (i32.add (local.get $p) (i32.const 8))))))

  ;; One octet of context. `line` is where the first line began, counted as p is. Returns the length of the longest line
  ;; that a CR or a LF ends, and at 0 where the last line begins; at 4 1 is set if there is a NUL, 2 for a LF behind
  ;; no CR, 4 for another octet than LF behind a CR, and higher bits for octets above 127. Up to 15 octets behind the
  ;; range are taken for part of it: the host makes them harmless.
  (func (export "lines") (param $p i32) (param $end i32) (param $line i32) (result i32)
    (local $v v128) (local $cr v128) (local $lf v128) (local $zero v128)
    (local $nul v128) (local $bareLf v128) (local $bareCr v128) (local $eight v128)
    (local $m i32) (local $n i32) (local $longest i32)
    (loop $turn
      (local.set $v (v128.load offset=1 (local.get $p)))
      (local.set $lf (i8x16.eq (local.get $v) (i8x16.splat (i32.const 10))))
      (local.set $cr (i8x16.eq (v128.load (local.get $p)) (i8x16.splat (i32.const 13))))
      (local.set $nul (v128.or (local.get $nul) (i8x16.eq (local.get $v) (local.get $zero))))
      (local.set $bareLf (v128.or (local.get $bareLf) (v128.andnot (local.get $lf) (local.get $cr))))
      (local.set $bareCr (v128.or (local.get $bareCr) (v128.andnot (local.get $cr) (local.get $lf))))
      (local.set $eight (v128.or (local.get $eight) (local.get $v)))
      (local.set $m
        (i8x16.bitmask (v128.or (local.get $lf) (i8x16.eq (local.get $v) (i8x16.splat (i32.const 13))))))
      (if (local.get $m)
        (then
          (loop $ending
            (local.set $n (i32.add (local.get $p) (i32.ctz (local.get $m))))
            (if (i32.gt_s (local.tee $line (i32.sub (local.get $n) (local.get $line))) (local.get $longest))
              (then (local.set $longest (local.get $line))))
            (local.set $line (i32.add (local.get $n) (i32.const 1)))
            (br_if $ending
              (local.tee $m (i32.and (local.get $m) (i32.sub (local.get $m) (i32.const 1))))))))
      (br_if $turn
        (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $end))))
    (i32.store (i32.const 0) (local.get $line))
    (i32.store offset=4
      (i32.const 0)
      (i32.or
        (i32.or
          (v128.any_true (local.get $nul))
          (i32.shl (v128.any_true (local.get $bareLf)) (i32.const 1)))
        (i32.or
          (i32.shl (v128.any_true (local.get $bareCr)) (i32.const 2))
          (i32.shl (i8x16.bitmask (local.get $eight)) (i32.const 3)))))
    (local.get $longest)))
