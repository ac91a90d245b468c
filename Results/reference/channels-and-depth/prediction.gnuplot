# Draws prediction.svg from prediction.csv; gnuplot -e "format='png'" prediction.gnuplot draws prediction.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,910 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,364 font 'DejaVu Sans,10' background 'white'
}
set output 'prediction.' . format
set datafile separator comma
set style line 1 linecolor rgb '#000000' linewidth 1.5 dashtype 1 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#0072b2' linewidth 1.5 dashtype (12,4) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb '#d55e00' linewidth 1.5 dashtype (3,4) pointtype 9 pointsize 0.8
set style line 4 linecolor rgb '#009e73' linewidth 1.5 dashtype (12,4,3,4) pointtype 12 pointsize 0.8
set style line 5 linecolor rgb '#cc79a7' linewidth 1.5 dashtype (8,3) pointtype 5 pointsize 0.8
set style line 6 linecolor rgb '#56b4e9' linewidth 1.5 dashtype (2,2) pointtype 6 pointsize 0.8
set style line 7 linecolor rgb '#e69f00' linewidth 1.5 dashtype (14,3,2,3,2,3) pointtype 8 pointsize 0.8
set style line 8 linecolor rgb '#666666' linewidth 1.5 dashtype (6,6) pointtype 13 pointsize 0.8
set grid linecolor rgb '#dddddd' linewidth 0.6
set border 3
set tics nomirror
set tmargin at screen 1 - 0.07692
set bmargin at screen 0.3736
set rmargin 2
set xlabel 'predicted [s], log. scale'
set ylabel 'measured [s], log. scale'
set label 1 'Seconds predicted against measured' at screen 0.5,0.96154 center font ',10'
set key at screen 0.5, screen 0.04670 center bottom horizontal maxcols 1 Left reverse samplen 4 width 1 font ',9'
set label 2 'n = 3' at screen 0.98, screen 0.02198 right font ',8' textcolor rgb '#555555'
set logscale x
set xrange [0.145891:21.6937]
set xtics ('0.2' 0.200000, '0.5' 0.500000, '1' 1.00000, '2' 2.00000, '5' 5.00000, '10' 10.0000, '20' 20.0000)
set logscale y
set yrange [0.204716:23.4746]
set ytics ('0.5' 0.500000, '1' 1.00000, '2' 2.00000, '5' 5.00000, '10' 10.0000, '20' 20.0000)
plot 'prediction.csv' using 1:2 with points linestyle 1 title 'batch, depth 3', \
     'prediction.csv' using 1:3 with points linestyle 2 title 'batch, depth 10', \
     'prediction.csv' using 1:4 with points linestyle 3 title 'tile, depth 3', \
     'prediction.csv' using 1:5 with points linestyle 4 title 'tile, depth 10', \
     x with lines linecolor rgb '#888888' linewidth 1 dashtype 2 title 'y = x'
