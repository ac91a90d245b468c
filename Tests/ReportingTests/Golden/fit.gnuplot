# Draws fit.svg from fit.csv; gnuplot -e "format='png'" fit.gnuplot draws fit.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,690 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,276 font 'DejaVu Sans,10' background 'white'
}
set output 'fit.' . format
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
set tmargin at screen 1 - 0.03623
set bmargin at screen 0.2391
set rmargin 2
set xlabel 'key [bit], log. scale'
set ylabel 'total [s], log. scale'
unset key
set label 2 'dashed: power laws, n = 3' at screen 0.98, screen 0.02899 right font ',8' textcolor rgb '#555555'
set logscale x
set xrange [914.286:3440.64]
set xtics ('1000' 1000.00, '2000' 2000.00)
set xtics ('1024' 1024, '2048' 2048, '3072' 3072)
set logscale y
set yrange [9.14286:34.4064]
set ytics ('10' 10.0000, '20' 20.0000)
plot 'fit.csv' using 1:2 with points linestyle 1 title 'linear', \
     0.01 * x**(1.00000) with lines linestyle 1 dashtype 2 notitle
