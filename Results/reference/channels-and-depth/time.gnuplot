# Draws time.svg from time.csv; gnuplot -e "format='png'" time.gnuplot draws time.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,875 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,350 font 'DejaVu Sans,10' background 'white'
}
set output 'time.' . format
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
set tmargin at screen 1 - 0.08000
set bmargin at screen 0.3486
set rmargin 2
set xlabel 'products, log. scale'
set ylabel 'server [s], log. scale'
set label 1 'Server time against products' at screen 0.5,0.96000 center font ',10'
set key at screen 0.5, screen 0.04857 center bottom horizontal maxcols 1 Left reverse samplen 4 width 1 font ',9'
set label 2 'n = 3' at screen 0.98, screen 0.02286 right font ',8' textcolor rgb '#555555'
set logscale x
set xrange [187626:61902867]
set xtics ('200k' 200000, '500k' 500000, '1M' 1000000, '2M' 2000000, '5M' 5000000, '10M' 10000000, '20M' 20000000, '50M' 50000000)
set logscale y
set yrange [0.0744619:14.5737]
set ytics ('0.1' 0.100000, '0.2' 0.200000, '0.5' 0.500000, '1' 1.00000, '2' 2.00000, '5' 5.00000, '10' 10.0000)
plot 'time.csv' using 1:2 with points linestyle 1 title 'batch, depth 3', \
     'time.csv' using 1:3 with points linestyle 2 title 'batch, depth 10', \
     'time.csv' using 1:4 with points linestyle 3 title 'tile, depth 3', \
     'time.csv' using 1:5 with points linestyle 4 title 'tile, depth 10'
