# Draws psnr.svg from psnr.csv; gnuplot -e "format='png'" psnr.gnuplot draws psnr.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,840 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,336 font 'DejaVu Sans,10' background 'white'
}
set output 'psnr.' . format
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
set tmargin at screen 1 - 0.08333
set bmargin at screen 0.3214
set rmargin 2
set xlabel 'photons per detector bin, log. scale'
set ylabel 'PSNR [dB]'
set label 1 'Quality against dose' at screen 0.5,0.95833 center font ',10'
set key at screen 0.5, screen 0.05060 center bottom horizontal maxcols 1 Left reverse samplen 4 width 1 font ',9'
set label 2 'bars: 95 % intervals, n = 86' at screen 0.98, screen 0.02381 right font ',8' textcolor rgb '#555555'
set logscale x
set xrange [4456.25:56100.9]
set xtics ('5000' 5000.00, '10000' 10000.0, '20000' 20000.0, '50000' 50000.0)
set xtics ('5000' 5000, '10000' 10000, '20000' 20000, '50000' 50000)
plot 'psnr.csv' using 1:2:3:4 with yerrorbars linestyle 1 dashtype 1 linewidth 1 pointtype 0 notitle, \
     'psnr.csv' using 1:2 with linespoints linestyle 1 title 'low dose', \
     'psnr.csv' using 1:5:6:7 with yerrorbars linestyle 2 dashtype 1 linewidth 1 pointtype 0 notitle, \
     'psnr.csv' using 1:5 with linespoints linestyle 2 title 'linear filter', \
     'psnr.csv' using 1:8:9:10 with yerrorbars linestyle 3 dashtype 1 linewidth 1 pointtype 0 notitle, \
     'psnr.csv' using 1:8 with linespoints linestyle 3 title 'float = integer'
